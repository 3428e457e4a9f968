from django.urls import path

from . import views

urlpatterns = [
    path("do/<str:code>/<str:pk>", views.deed_page, name="deed_page"),
    path("do-many/<str:code>", views.deed_many, name="deed_many"),
    path("filters/save", views.filter_save, name="filter_save"),
    path("filters/<int:pk>/remove", views.filter_remove, name="filter_remove"),
    path("why/<str:code>/<str:pk>", views.why, name="why"),
    path("inbox", views.inbox_list, name="inbox_list"),
    path("inbox/read", views.inbox_read, name="inbox_read"),
    path("inbox/<uuid:pk>", views.notice_open, name="notice_open"),
]
