"""What a person sees when the console refuses them: a sentence and a way on. Programs get the framework's JSON."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.exceptions.responses import create_exception_response
from litestar.response import Template

_SENTENCES = {
    400: "That could not be read, and nothing was done. Go back, look again and send it once more.",
    401: "You are logged out, and nothing was done. Log in again; what is open is still there.",
    403: "Nothing was done: your role does not allow it, or this page had been open for too long. "
    "Open it anew and try again; else ask your administrator.",
    404: "There is nothing here for you: the address is wrong, or it is another firm's.",
    413: "That was too long, and nothing was done. Go back and make it shorter.",
}


def refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The answer to a refusal, whose own words may quote the request and are not shown to people."""
    sentence = _SENTENCES.get(error.status_code)
    if sentence is None or "text/html" not in request.headers.get("accept", ""):
        return create_exception_response(request, error)
    context = {"sentence": sentence, "to_log_in": error.status_code == 401}
    return Template("refused.html", context=context, status_code=error.status_code)
