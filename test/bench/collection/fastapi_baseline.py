"""Implements POST /v1/events with FastAPI, pydantic and SQLite, with the semantics of our service.

Each event is validated separately, a repeated eventId has no effect, rejected events are stored with their reason, and
everything is durable before the response (WAL, synchronous=FULL).

    python fastapi_baseline.py PORT DATABASE
"""

import json
import sqlite3
import sys
import time
from typing import Annotated, Literal, Union

import uvicorn
from fastapi import Body, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

MAX_BATCH = 500
MAX_AHEAD_MS = 5 * 60 * 1000
EARLIEST, LATEST = 631_152_000_000, 4_102_444_800_000

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:~-]+$")]
EpochMs = Annotated[int, Field(strict=True, ge=EARLIEST, le=LATEST)]
Device = Literal["tv", "phone", "tablet", "web"]


class Envelope(BaseModel):
    model_config = ConfigDict(extra="forbid")
    eventId: Id
    occurredAt: EpochMs
    sentAt: EpochMs


class ByUser(Envelope):
    userId: Id
    sessionId: Id | None = None
    device: Device | None = None


class AboutTitle(ByUser):
    titleId: Id
    requestId: Id | None = None


class Signup(ByUser):
    type: Literal["signup"]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Impression(ByUser):
    type: Literal["impression"]
    requestId: Id
    titleIds: Annotated[list[Id], Field(min_length=1, max_length=100)]


class Click(AboutTitle):
    type: Literal["click"]


class Play(AboutTitle):
    type: Literal["play"]
    watchedSeconds: Annotated[float, Field(ge=0, le=86_400)] | None = None


class Rate(AboutTitle):
    type: Literal["rate"]
    rating: Annotated[float, Field(ge=0.5, le=5, multiple_of=0.5)]


class Search(ByUser):
    type: Literal["search"]
    query: Annotated[str, Field(max_length=256)]


class Title(Envelope):
    type: Literal["title"]
    titleId: Id
    name: Annotated[str, Field(min_length=1, max_length=256)]
    genres: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=20)]
    releasedAt: int


ClientEvent = TypeAdapter(
    Annotated[Union[Signup, Impression, Click, Play, Rate, Search, Title], Field(discriminator="type")]
)


def open_database(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.executescript(
        """PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS events (eventId TEXT PRIMARY KEY, userKey TEXT, value TEXT) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS dead_letters (code TEXT, reason TEXT, raw TEXT);"""
    )
    return database


def validate(raws: list, received_at: int):
    good, rejected_events = [], []
    for index, raw in enumerate(raws):
        try:
            event = ClientEvent.validate_python(raw)
        except ValidationError as error:
            rejected_events.append((index, raw, "invalid_event", error.errors(include_url=False)[0]["msg"]))
            continue
        if max(event.occurredAt, event.sentAt) > received_at + MAX_AHEAD_MS:
            rejected_events.append((index, raw, "from_the_future", "ahead of our clock"))
        elif event.occurredAt > event.sentAt:
            rejected_events.append((index, raw, "occurred_after_sent", "occurred after it was sent"))
        else:
            good.append(event)
    return good, rejected_events


def store(database: sqlite3.Connection, good: list, rejected_events: list, received_at: int) -> int:
    """Stores all events in one transaction. Returns the number of new ones."""
    rows = []
    for event in good:
        stored = event.model_dump(exclude_none=True)
        stored["ingestedAt"] = received_at
        rows.append((event.eventId, getattr(event, "userId", None) or event.titleId, json.dumps(stored)))
    database.execute("BEGIN IMMEDIATE")
    before = database.total_changes
    database.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?)", rows)
    accepted = database.total_changes - before
    database.executemany(
        "INSERT INTO dead_letters VALUES (?, ?, ?)", [(code, reason, json.dumps(raw)) for _, raw, code, reason in rejected_events]
    )
    database.execute("COMMIT")
    return accepted


app = FastAPI()
database = open_database(sys.argv[2])


@app.post("/v1/events", status_code=202)
async def collect(body: Annotated[dict, Body()]) -> JSONResponse:
    # An async handler that calls SQLite directly was faster on one core than a thread per request.
    raws = body["events"] if isinstance(body.get("events"), list) else [body]
    if not 1 <= len(raws) <= MAX_BATCH:
        return JSONResponse({"code": "bad_request"}, 400)
    received_at = int(time.time() * 1000)
    good, rejected_events = validate(raws, received_at)
    accepted = store(database, good, rejected_events, received_at)
    rejected = [{"index": index, "code": code, "reason": reason} for index, _, code, reason in rejected_events]
    answer = {"accepted": accepted, "duplicates": len(good) - accepted, "rejected": rejected}
    return JSONResponse(answer, 202 if good else 400)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
