"""The OpenAPI document as a page that people read: no script, our own style sheet."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ledger.api.operations import api

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request or a reply; `name` with dots where it lies deeper."""

    name: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, ready to print."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    fields: list[Field] = field(default_factory=list)
    example: str = ""
    status: str = ""
    reply: str = ""
    reply_fields: list[Field] = field(default_factory=list)
    problems: list[tuple[int, str, str]] = field(default_factory=list)


@require_safe
@login_not_required
def docs(request: HttpRequest) -> HttpResponse:
    """Show how to sign and what every operation takes and tells."""
    root = request.build_absolute_uri("./")
    return render(request, "ledger/api_docs.html", {"operations": operations(), "info": api, "root": root})


@cache
def operations() -> list[Operation]:
    """Return the operations in the order of the document."""
    document = api.get_openapi_schema()
    schemas = document["components"]["schemas"]
    return [
        _operation(path, method, details, schemas)
        for path, methods in document["paths"].items()
        for method, details in methods.items()
    ]


def _operation(path: str, method: str, details: Schema, schemas: Schema) -> Operation:
    body = details.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    ok = min(details["responses"], key=int)
    reply = details["responses"][ok]["content"]["application/json"]["schema"]
    return Operation(
        id=details["operationId"],
        method=method.upper(),
        path=path,
        summary=details["summary"],
        text=details.get("description", ""),
        fields=list(_fields(body, schemas)) if body else [],
        example=_pretty(body, schemas) if body else "",
        status=str(ok),
        reply=_pretty(reply, schemas),
        reply_fields=list(_fields(reply, schemas)),
        problems=sorted(_problems(details["responses"])),
    )


def _problems(responses: Schema) -> Iterator[tuple[int, str, str]]:
    for reply in responses.values():
        examples = reply.get("content", {}).get("application/problem+json", {}).get("examples", {})
        for code, example in examples.items():
            yield example["value"]["status"], code, example["value"]["detail"]


# ------------------------------------------------------------- reading schemas
def _solved(schema: Schema, schemas: Schema) -> Schema:
    if "$ref" in schema:
        found = schemas[schema["$ref"].rsplit("/", 1)[-1]]
        return {**found, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def _choices(schema: Schema, schemas: Schema) -> list[Schema]:
    options = schema.get("oneOf") or schema.get("anyOf") or [schema]
    return [_solved(option, schemas) for option in options if option.get("type") != "null"]


def _fields(schema: Schema, schemas: Schema, before: str = "") -> Iterator[Field]:
    schema = _solved(schema, schemas)
    for name, part in schema.get("properties", {}).items():
        part = _solved(part, schemas)
        for choice in _choices(part, schemas):
            values = " · ".join(str(value) for value in choice.get("enum", ()))
            text = part.get("description") or choice.get("description", "")
            required = name in schema.get("required", ())
            yield Field(before + name, required, f"{text}({values})" if values else text)
            inner = choice.get("items", choice)
            yield from _fields(inner, schemas, f"{before}{name}{'[]' if 'items' in choice else ''}.")


def _pretty(schema: Schema, schemas: Schema) -> str:
    return json.dumps(_example(schema, schemas), ensure_ascii=False, indent=2)


def _example(schema: Schema, schemas: Schema) -> Any:
    schema = _solved(schema, schemas)
    if "examples" in schema:
        return schema["examples"][0]
    choice = _choices(schema, schemas)[0]
    if "examples" in choice:
        return choice["examples"][0]
    if "properties" in choice:
        return {name: _example(part, schemas) for name, part in choice["properties"].items()}
    if choice.get("type") == "array":
        return [_example(choice["items"], schemas)]
    if "enum" in choice:
        return choice["enum"][0]
    return schema.get("default", {"boolean": False, "integer": 0}.get(choice.get("type", ""), _("…")))
