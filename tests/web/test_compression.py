"""What a page weighs on the way: compressed for whoever takes it, files as they are."""

from __future__ import annotations

import gzip

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from holdfast.web.middleware import CompressionMiddleware

TAKES = {"accept-encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("address", ["/what-if/?scenario=hall-lost", "/what-if/graph.json", "/what-if/dependencies/"])
def test_pages_and_data_come_compressed_to_a_browser_that_takes_it(page: Client, address: str) -> None:
    plain, small = page.get(address), page.get(address, headers=TAKES)
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in small.headers["Vary"]
    assert len(small.content) < len(plain.content)
    assert gzip.decompress(small.content).decode().splitlines()[:1] == plain.content.decode().splitlines()[:1]


@pytest.mark.parametrize(
    "file",
    [
        HttpResponse(b"%PDF" + b"0" * 5000, content_type="application/pdf"),
        StreamingHttpResponse([b"a line\n"] * 1000, content_type="text/plain"),
    ],
)
def test_files_are_sent_as_they_are(file: HttpResponse) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return file

    request = RequestFactory().get("/", headers=TAKES)
    assert "Content-Encoding" not in CompressionMiddleware(answer)(request).headers
