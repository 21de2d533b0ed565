"""Arrival windows: offer, choose, read back, book."""

from datetime import datetime
from zoneinfo import ZoneInfo

from voice.receptionist.calendar import local
from voice.receptionist.dialogue import ActionKind, Urgency, Window
from voice.receptionist.draft import Draft
from voice.receptionist.phrasing import Fact
from voice.receptionist.policy.questions import (
    address_fact,
    phone_fact,
)
from voice.receptionist.state import State
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.contact import speaks_of_phone
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.times import Wish, pick, wish_in
from voice.receptionist.wishes import narrowed

_OFFERED_AT_ONCE = 2
_MOST_OFFERS = 4


def is_out_of_area(draft: Draft) -> bool:
    """Whether the ZIP code given is one the tenant does not serve."""
    zips = draft.state.rules.service_zips
    code = draft.state.slot("zip")
    return bool(zips and code and code not in zips)


def can_book(draft: Draft) -> bool:
    return bool(draft.state.open_windows)


def here(draft: Draft, window: Window) -> Window:
    """The window on the tenant's own clock."""
    zone = ZoneInfo(draft.state.rules.timezone)
    return Window(window.starts_at.astimezone(zone), window.ends_at.astimezone(zone))


def offer_or_book(draft: Draft, *, first: bool) -> None:
    """The next step towards a booking: offer times, read back, or book."""
    state = draft.state
    if state.window is None and state.offered:
        _put(draft, state.offered, first=first)  # nothing was chosen yet: the same again
    elif state.window is None:
        offer(draft, first=first)
    elif draft.has("confirmed"):
        book(draft)
    else:
        read_back(draft)


def offer(draft: Draft, *, first: bool = False, wish: Wish | None = None) -> None:
    """Offer the next fitting windows, two of them, or the first one where it is urgent."""
    state = draft.state
    last = state.offered[-1].starts_at if state.offered and wish is None else None
    unasked = wish is None
    wish = wish or state.wish
    fitting = [window for window in state.open_windows if wish.fits(window)]
    put_off = unasked and not wish.is_timed and _is_put_off(draft, fitting)
    if not fitting:
        draft.say("too_far_ahead" if _is_beyond_calendar(wish, state) else "no_such_window")
        fitting = _nearest(wish, state.open_windows)
    fresh = [window for window in fitting if window not in state.offered]
    further = [window for window in fresh if last is not None and window.starts_at > last]
    fresh = further or fresh or fitting
    chosen = tuple(fresh[: 1 if first else _OFFERED_AT_ONCE])
    _put(draft, chosen, first=first, soonest=put_off)


def _is_put_off(draft: Draft, fitting: list[Window]) -> bool:
    """Whether what cannot wait has to: the first window is not today's."""
    today = local(draft.state.rules, draft.state.scene.now).date()
    urgent = draft.state.urgency is Urgency.U and not draft.state.offered
    return urgent and bool(fitting) and here(draft, fitting[0]).starts_at.date() > today


def _is_beyond_calendar(wish: Wish, state: State) -> bool:
    """Whether the day comes after the last that can be booked."""
    day = wish.day or wish.after_day
    return day is not None and all(day > w.starts_at.date() for w in state.open_windows)


def _nearest(wish: Wish, open_windows: tuple[Window, ...]) -> list[Window]:
    """The windows that come closest to a wish that none fits, soonest first."""
    suitable = [w for w in open_windows if w.starts_at.weekday() not in wish.not_days]
    closest = sorted(suitable or open_windows, key=wish.distance)
    return sorted(closest[:_OFFERED_AT_ONCE], key=lambda window: window.starts_at)


def _beyond(draft: Draft, wish: Wish) -> None:
    """ "Anything earlier?": what lies before, or after, the windows offered; else the truth."""
    state = draft.state
    timed = wish.timed()
    fitting = [window for window in state.open_windows if timed.fits(window)]
    first, last = state.offered[0].starts_at, state.offered[-1].starts_at
    if wish.beyond == "earlier":
        found = [w for w in fitting if w.starts_at < first][-_OFFERED_AT_ONCE:]
    else:
        found = [w for w in fitting if w.starts_at > last][:_OFFERED_AT_ONCE]
    if not found:
        draft.say("nothing_earlier" if wish.beyond == "earlier" else "nothing_later")
    _put(draft, tuple(found) or state.offered, first=False)


def _put(draft: Draft, chosen: tuple[Window, ...], *, first: bool, soonest: bool = False) -> None:
    """Say the windows that are offered, and ask which it is to be."""
    draft.put(offered=chosen)
    facts = [draft.window_fact(window) for window in chosen]
    if len(chosen) == 1:
        draft.say("offer_first" if first else "offer_one", first=facts[0])
    else:
        draft.say("offer_windows", first=facts[0], second=facts[1])
    if soonest:
        draft.say("nothing_earlier")
    if len(chosen) == 1:
        draft.ask("window", "ask_window_one", attempt=0)
    else:
        draft.ask("window")


def wish_of(draft: Draft, meaning: Meaning) -> Wish:
    """When the caller wants it, by the words of this turn."""
    now = local(draft.state.rules, draft.state.scene.now)
    return wish_in(meaning.utterance, now, asked=True)


def answer_window(draft: Draft, meaning: Meaning) -> None:
    """What the caller said to the windows offered."""
    state = draft.state
    if meaning.cues & {"asks_date", "asks_coming"}:
        return
    wish = wish_of(draft, meaning)
    if wish.is_span and speaks_of_phone(meaning.utterance) and not wish.day:
        return  # "my number ends with two"
    if wish.beyond and state.offered:
        _beyond(draft, wish)
        return
    if _asks_something_else(meaning):
        return
    if wish.refuses_hours:
        _without_refused(draft, wish)
        return
    if wish.is_timed:
        wish = narrowed(wish, state.wish)
        draft.put(wish=wish.timed())
    chosen = pick(wish, state.offered, state.open_windows)
    rejected = meaning.answer is Answer.NO or wish.refuses
    if chosen is not None and not (rejected and wish.position is None and not wish.is_span):
        draft.put(window=chosen)
        if wish.exact:
            draft.say("window_only", window=draft.window_fact(chosen))
        return
    if wish.is_timed or rejected:
        if state.attempts.get("window", 0) < _MOST_OFFERS:
            offer(draft, wish=wish.timed() if wish.is_timed else None)
        else:
            draft.put(open_windows=())  # none suits: the office finds one
        return
    if meaning.answer is Answer.YES and state.offered:
        draft.put(window=state.offered[0])


def _asks_something_else(meaning: Meaning) -> bool:
    """ "Do I have to pay today", "will it take two hours": a day or a number, and no choice."""
    return meaning.utterance.plain.startswith(_OTHER_QUESTIONS)


_OTHER_QUESTIONS = (
    *("do i ", "will i ", "will it ", "will he ", "will they ", "should i ", "does he "),
    *("does it ", "how much ", "how long ", "why ", "who ", "what if ", "what will "),
    *("tengo que ", "cuánto ", "por qué ", "quién "),
)


def _without_refused(draft: Draft, wish: Wish) -> None:
    """Offer what is left without the window that does not suit."""
    state = draft.state
    refused = pick(wish, state.offered, state.open_windows)
    left = tuple(window for window in state.offered if window != refused)
    if refused is not None and left and left != state.offered:
        _put(draft, left, first=False)
    else:
        offer(draft)


def say_details(draft: Draft, window: Window) -> bool:
    """Say once more what was booked; False where something of it is not known."""
    if not all(draft.state.slot(slot) for slot in ("name", "street", "phone")):
        return False
    draft.say(
        "read_back",
        name=draft.slot_fact("name"),
        address=address_fact(draft),
        phone=phone_fact(draft),
        window=draft.window_fact(window),
    )
    return True


def read_back(draft: Draft) -> None:
    """Everything the visit rests on, for a yes."""
    window = draft.state.window
    if window is None:
        return
    name, phone = draft.state.slot("name"), draft.state.number
    key = f"read_back{'' if name else '_no_name'}{'' if phone else '_no_phone'}"
    draft.say(
        key,
        name=Fact(name, "slot:name"),
        address=address_fact(draft),
        phone=phone_fact(draft),
        window=draft.window_fact(window),
    )
    draft.ask("confirm")


def book(draft: Draft) -> None:
    """Have the window stored; what to say of it waits for the answer."""
    state = draft.state
    window = state.window
    if window is None:
        return
    draft.say("booking_now")
    moving = draft.has("moving") and state.booking is not None
    if moving and state.booking is not None:
        draft.do(ActionKind.RESCHEDULE, window=window, reference=state.booking.reference)
        return
    draft.do(ActionKind.BOOK, window=window, text=state.problem)
    today = local(state.rules, state.scene.now).date()
    if state.urgency is Urgency.E1:
        draft.note_act("book_first_window")
    elif state.urgency is Urgency.U and here(draft, window).starts_at.date() == today:
        draft.note_act("book_same_day")


def booked(draft: Draft, window: Window, reference: str) -> None:
    """The window is ours: say so, once it is true."""
    draft.put(window=window, reference=reference, wish=Wish())
    draft.fill("window", window_text(here(draft, window)), confirmed=True)
    draft.note_act("book")
    draft.say("moved" if draft.has("moving") else "booked", window=draft.window_fact(window))
    draft.put(marks=draft.state.marks - {"moving", "moved", "want:reschedule"})


def taken(draft: Draft, open_windows: tuple[Window, ...]) -> None:
    """Somebody else was faster: offer what is left."""
    marks = draft.state.marks - {"moved"}
    draft.put(open_windows=open_windows, window=None, offered=(), marks=marks)
    draft.say("window_taken")


def window_text(window: Window) -> str:
    """A window as the record keeps it: "Thu 2026-11-26 14:00-16:00", local time."""
    starts: datetime = window.starts_at
    return f"{starts:%a %Y-%m-%d %H:%M}-{window.ends_at:%H:%M}"
