from django.urls import path

from . import views

urlpatterns = [
    path("do/<str:code>/<str:pk>", views.deed_page, name="deed_page"),
    path("why/<str:code>/<str:pk>", views.why, name="why"),
    path("inbox", views.inbox_list, name="inbox_list"),
    path("inbox/read", views.inbox_read, name="inbox_read"),
    path("inbox/<uuid:pk>", views.notice_open, name="notice_open"),
]
