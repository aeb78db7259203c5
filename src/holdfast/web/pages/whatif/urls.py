"""Addresses of the what-if page."""

from django.urls import path

from . import pictures, saving, views

urlpatterns = [
    path("what-if/", views.what_if, name="what-if"),
    path("what-if/save/", saving.save, name="scenario-save"),
    path("what-if/compare/", views.compare, name="compare"),
    path("what-if/model/", views.model, name="model"),
    path("what-if/map/", pictures.site_map, name="map"),
    path("what-if/dependencies/", pictures.dependencies, name="dependencies"),
    path("what-if/graph.json", pictures.graph_data, name="graph-data"),
    path("what-if/moments.json", pictures.moments_data, name="moments"),
    path("what-if/node/<path:node>/", views.node, name="node"),
]
