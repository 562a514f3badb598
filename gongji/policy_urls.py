"""Addresses of the pages that are drawn from the rule files."""

from django.urls import path

from gongji.views import eligibility, policy

urlpatterns = [
    path("eligibility/", eligibility.eligibility, name="eligibility"),
    path("rules/", policy.rules, name="rules"),
    path("rules/compare/", policy.compare, name="rules_compare"),
    path("rules/<str:area>/", policy.area_rules, name="rules_area"),
]
