"""A site of three pages for the browser tests: the gallery, a deed, a queueable form. What is posted is kept in `RECEIVED`."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import engines
from django.urls import path

from shegong.ui import gallery
from shegong.ui.shell import Shell

RECEIVED: list[dict[str, str]] = []
TEMPLATE = """
{% extends "ui/base.html" %}{% import "ui/kit.html" as ui %}
{% block title %}Form{% endblock %}
{% block content %}<h1>Form</h1>
{% call ui.form("/form/", csrf_input, form, draft="d", offline=offline, id="the-form") %}{{ ui.field(form.name) }}{{ ui.field(form.id_number, entry="idcard", secret=True) }}{{ ui.field(form.amount, entry="money") }}{{ ui.buttons("Send") }}{% endcall %}
<a id="deed-link" href="/deed/" hx-get="/deed/" hx-target="#panel-body" hx-select="#deed">Deed</a>
<form method="post" action="/out/" data-sign-out>{{ csrf_input }}<button id="out">Out</button></form>
{% endblock %}"""
DEED = """
{% extends "ui/deed.html" %}{% import "ui/kit.html" as ui %}
{% block title %}A deed{% endblock %}
{% block deed %}{% call ui.form("/deed/", csrf_input, form, panel=True) %}{{ ui.field(form.name) }}{{ ui.buttons("Do it", cancel="/form/", panel=True) }}{% endcall %}{% endblock %}"""


class Entry(forms.Form):
    name = forms.CharField(label="Name")
    id_number = forms.CharField(label="ID", required=False)
    amount = forms.CharField(label="Amount", required=False)


def _page(request: HttpRequest, source: str, form: forms.Form, status: int = 200) -> HttpResponse:
    env = engines.all()[0]
    shell = Shell(
        user_key=request.COOKIES.get("who", "u1"), user_name="x", search_url="/s/", new_url="/form/", sign_in_url="/in/"
    )
    markup = env.from_string(source).render(
        {"form": form, "shell": shell, "offline": "Entry" if "offline" in request.COOKIES else ""}, request
    )
    return HttpResponse(markup, status=status)


def entry(request: HttpRequest) -> HttpResponse:
    form = Entry(request.POST or None)
    if request.method != "POST":
        return _page(request, TEMPLATE, form)
    if not form.is_valid():
        return _page(request, TEMPLATE, form, 422)
    RECEIVED.append(request.POST.dict())
    return HttpResponseRedirect("/done/")


def deed(request: HttpRequest) -> HttpResponse:
    form = Entry(request.POST or None)
    if request.method != "POST":
        return _page(request, DEED, form)
    if not form.is_valid():
        return _page(request, DEED, form, 422)
    if form.cleaned_data["name"] == "break":
        return HttpResponse("x", status=500, headers={"X-Incident": "7K3M9QTX"})
    if form.cleaned_data["name"] == "changed":
        return render(request, "ui/errors/409.html", {"differences": gallery._context()["differences"]}, status=409)
    RECEIVED.append(request.POST.dict())
    return HttpResponse(status=204, headers={"HX-Redirect": "/done/"})


def done(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>done</title><h1>done</h1>")


urlpatterns = [
    path("", gallery.gallery),
    path("form/", entry),
    path("deed/", deed),
    path("done/", done),
    path("out/", done),
]
