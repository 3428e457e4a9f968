"""Addresses of casework, one list per noun."""

from __future__ import annotations

from django.urls import path

from .views import (
    aid,
    cases,
    claims,
    clocks,
    documents,
    duty,
    fees,
    figures,
    legal_aid,
    letters,
    linked,
    mediation,
    panel,
    ratings,
    reports,
    stations,
)

cases_urls = [
    path("", cases.home, name="home"),
    path("cases", cases.case_list, name="case_list"),
    path("cases/export", cases.case_export, name="case_export"),
    path("cases/new", cases.case_new, name="case_new"),
    path("cases/<uuid:pk>", cases.case_detail, name="case_detail"),
    path("cases/<uuid:pk>/readers", cases.case_readers, name="case_readers"),
    path("cases/<uuid:pk>/print", cases.case_print, name="case_print"),
    path("cases/<uuid:pk>/workers", cases.participant_list, name="participant_list"),
    path("ask", cases.request_new, name="request_new"),
]
ratings_urls = [
    path("rate", ratings.rate_start, name="rate_start"),
    path("rate/<str:code>", ratings.rate, name="rate"),
    path("ratings/slip", ratings.rating_slip, name="rating_slip"),
]
documents_urls = [
    path("documents/<uuid:pk>", documents.document_open, name="document_open"),
    path("documents/<uuid:pk>/preview", documents.document_preview, name="document_preview"),
]
linked_urls = [
    path("referrals", linked.referral_list, name="referral_list"),
    path("referrals/<uuid:pk>", linked.referral_detail, name="referral_detail"),
    path("needs", linked.urgent_need_list, name="urgent_need_list"),
    path("needs/<uuid:pk>", linked.urgent_need_detail, name="urgent_need_detail"),
    path("resources", linked.resource_list, name="resource_list"),
    path("resources/<uuid:pk>", linked.resource_detail, name="resource_detail"),
    path("promises/<uuid:pk>", linked.promise_detail, name="promise_detail"),
]
legal_aid_urls = [
    path("legal-aid", legal_aid.legal_aid_list, name="legal_aid_list"),
    path("legal-aid/export", legal_aid.legal_aid_export, name="legal_aid_export"),
    path("legal-aid/<uuid:pk>", legal_aid.legal_aid_detail, name="legal_aid_detail"),
]
aid_urls = [
    path("aid", aid.aid_list, name="aid_list"),
    path("aid/rules", aid.aid_rule_list, name="aid_rule_list"),
    path("aid/<uuid:pk>", aid.aid_detail, name="aid_detail"),
    path("aid/<uuid:pk>/paper/<str:kind>", aid.aid_paper, name="aid_paper"),
    path("hearings", aid.hearing_list, name="hearing_list"),
    path("hearings/<uuid:pk>", aid.hearing_detail, name="hearing_detail"),
]
mediation_urls = [
    path("mediations", mediation.mediation_list, name="mediation_list"),
    path("mediations/export", mediation.mediation_export, name="mediation_export"),
    path("mediations/<uuid:pk>", mediation.mediation_detail, name="mediation_detail"),
    path("mediations/<uuid:pk>/paper", mediation.mediation_paper, name="mediation_paper"),
]
clocks_urls = [
    path("clocks", clocks.legal_clock_list, name="legal_clock_list"),
    path("clocks/reckon", clocks.legal_clock_reckon, name="legal_clock_reckon"),
    path("lawyers", panel.law_firm_list, name="law_firm_list"),
    path("lawyers/<uuid:pk>", panel.law_firm_detail, name="law_firm_detail"),
    path("claims/reckon", claims.claim_reckon, name="claim_reckon"),
    path("clocks/<uuid:pk>", clocks.legal_clock_detail, name="legal_clock_detail"),
]
letters_urls = [
    path("letters", letters.letter_list, name="letter_list"),
    path("letters/export", letters.letter_export, name="letter_export"),
    path("letters/<uuid:pk>", letters.letter_detail, name="letter_detail"),
    path("letters/<uuid:pk>/paper", letters.letter_paper, name="letter_paper"),
]
figures_urls = [
    path("dashboard", figures.dashboard, name="dashboard"),
    path("figures/<str:code>", figures.figure_detail, name="figure_detail"),
    path("figures/<str:code>/entries", figures.figure_rows, name="figure_rows"),
    path("reports", reports.report_list, name="report_list"),
    path("reports/<str:code>", reports.report_page, name="report_page"),
]
duty_urls = [
    path("stations", stations.station_list, name="station_list"),
    path("stations/coverage", stations.station_coverage, name="station_coverage"),
    path("stations/<uuid:pk>", stations.station_detail, name="station_detail"),
    path("rosters", duty.duty_roster_list, name="duty_roster_list"),
    path("rosters/<uuid:pk>", duty.duty_roster_detail, name="duty_roster_detail"),
    path("rosters/<uuid:pk>/print", duty.duty_roster_print, name="duty_roster_print"),
    path("duties", duty.duty_list, name="duty_list"),
    path("duties/export", duty.duty_export, name="duty_export"),
    path("duties/<uuid:pk>", duty.duty_detail, name="duty_detail"),
    path("lawyers/one/<uuid:pk>", duty.lawyer_detail, name="lawyer_detail"),
    path("fees", fees.fee_sheet_list, name="fee_sheet_list"),
    path("fees/rates", fees.fee_rate_list, name="fee_rate_list"),
    path("fees/rates/<uuid:pk>", fees.fee_rate_detail, name="fee_rate_detail"),
    path("fees/<uuid:pk>", fees.fee_sheet_detail, name="fee_sheet_detail"),
    path("fees/<uuid:pk>/paper", fees.fee_sheet_paper, name="fee_sheet_paper"),
    path("fees/<uuid:pk>/export", fees.fee_line_export, name="fee_line_export"),
]
urlpatterns = [
    *cases_urls, *linked_urls, *ratings_urls, *documents_urls, *legal_aid_urls, *aid_urls, *mediation_urls, *clocks_urls,
    *letters_urls, *duty_urls, *figures_urls,
]  # fmt: skip
