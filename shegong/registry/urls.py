from django.urls import path

from . import views

urlpatterns = [
    path("people", views.person_list, name="person_list"),
    path("people/export", views.person_export, name="person_export"),
    path("people/duplicates", views.duplicate_list, name="duplicate_list"),
    path("people/<uuid:pk>", views.person_detail, name="person_detail"),
    path("people/<uuid:pk>/reveal/<str:column>", views.person_reveal, name="person_reveal"),
    path("people/<uuid:pk>/merge/<uuid:other>", views.person_merge, name="person_merge"),
    path("employers", views.employer_list, name="employer_list"),
    path("employers/<uuid:pk>", views.employer_detail, name="employer_detail"),
    path("organisations", views.org_list, name="org_list"),
    path("organisations/<int:pk>", views.org_detail, name="org_detail"),
    path("posts", views.post_list, name="post_list"),
    path("accounts", views.account_list, name="account_list"),
]
