"""The recogniser's language: templates, grammars, the 3-gram model, pronunciations, spelling."""

import random
from collections import defaultdict
from types import SimpleNamespace

import pytest

from voice.stt.sphinx import corpus, ngram, pronounce, templates
from voice.stt.sphinx.decoder import Ear
from voice.stt.sphinx.grammar import Grammar
from voice.stt.sphinx.writing import written

ANSWERS = {
    "phone": [
        "seven seven three five five five zero one two one",
        "it's seven seven three five five five oh one two one",
        "seven seven three triple five zero one two one",
        "seven double seven five five five zero one two one",
        "eight hundred five five five zero one two one",
        "no it's five five five zero one two one",
        "yes this number is fine",
        "the last four are zero one two one",
        "wait i smell gas",
        "can i talk to a person",
    ],
    "zip": ["six oh six four oh", "it's six zero six one four", "representative"],
    "street": [
        "eighteen forty seven west ainslie street apartment two",
        "one zero one nine west armitage avenue",
        "it's twenty two ten north halsted street",
        "nineteen oh five north bryn mawr avenue unit two b.",
        "twelve elm court in chicago six oh six four oh",
        "four hundred west division street",
        "apartment two",
        "it's a house",
    ],
    "name": [
        "dana kowalczyk",
        "it's chris adeyemi",
        "marcus",
        "my name is marcus bell",
        "dana kowalczyk k. o. w. a. l. c. z. y. k.",
        "k. o. w. a. l.",
    ],
    "yes_no": ["yes", "no", "yes that's right", "no i don't know where it is", "yes we're outside"],
    "window": ["the first one", "the second one please", "eight to ten works", "tomorrow morning"],
}
NOT_ANSWERS = {
    "phone": [
        "seven seven three five five five zero one two",
        "seven seven three five five five zero one two one one",
        "there's water pouring through my kitchen ceiling",
        "",
    ],
    "zip": ["six oh six four", "six oh six four oh one"],
    "street": ["ainslie street", "eighteen forty seven west unheardof street", "two apartment"],
    "name": ["the sink is leaking", "kowalczyk dana"],
    "yes_no": ["the sink is leaking again"],
    "window": ["seven seven three"],
}


@pytest.mark.parametrize(
    ("kind", "said"), [(kind, said) for kind, some in ANSWERS.items() for said in some]
)
def test_an_answer_has_the_form_of_its_question(kind: str, said: str) -> None:
    assert Grammar(kind).accepts(said.split())


@pytest.mark.parametrize(
    ("kind", "said"), [(kind, said) for kind, some in NOT_ANSWERS.items() for said in some]
)
def test_other_speech_has_not(kind: str, said: str) -> None:
    assert not Grammar(kind).accepts(said.split())


def test_a_tenants_own_street_extends_the_grammar() -> None:
    words = ["twelve", "west", "zwickelbaum", "street"]
    assert not Grammar("street").accepts(words)
    assert Grammar("street", ["zwickelbaum"]).accepts(words)


@pytest.mark.parametrize("kind", ["phone", "zip", "street", "name", "yes_no", "window"])
def test_examples_of_a_kind_mostly_have_its_form(kind: str) -> None:
    grammar = Grammar(kind)
    drawn = corpus.sentences(kind)[: corpus.ANSWERS][::40]
    assert [said for said in drawn if not grammar.accepts(said.split())] == []


def test_the_same_templates_give_the_same_sentences() -> None:
    assert corpus.sentences("street") == corpus.sentences("street")
    chooser = random.Random(3)
    assert {corpus.read("(a|b) [c]", chooser) for _ in range(40)} == {"a", "b", "a c", "b c"}


def test_phrases_are_among_the_sentences() -> None:
    assert corpus.sentences("open", ["sump pump"]).count("sump pump") == corpus.PHRASE_COUNT


@pytest.mark.parametrize(
    ("written_", "heard"),
    [
        ("1847 W Ainslie St", "eighteen forty seven west ainslie street"),
        ("I'm outside", "i'm outside"),
        ("60614", "six zero six one four"),
        ("  ", ""),
    ],
)
def test_a_written_phrase_becomes_words_that_can_be_heard(written_: str, heard: str) -> None:
    assert templates.phrase_words(written_) == heard


def test_the_models_probabilities_of_each_context_sum_to_one() -> None:
    said = ["it is the sink", "it is the toilet", "is it the toilet", "the sink"]
    probability, backoff = _parsed(ngram.arpa(said, ["tub"]))
    words = {gram[0] for gram in probability if len(gram) == 1} - {ngram.BEGIN}
    assert words == {"it", "is", "the", "sink", "toilet", "tub", ngram.END}
    for context in [(), *backoff]:
        total = sum(_chance((*context, word), probability, backoff) for word in words)
        assert total == pytest.approx(1.0, abs=1e-3), context


def test_the_model_prefers_what_it_has_seen() -> None:
    probability, backoff = _parsed(ngram.arpa(["the sink", "the sink", "the tub"]))
    sink = _chance((ngram.BEGIN, "the", "sink"), probability, backoff)
    assert sink > _chance((ngram.BEGIN, "the", "tub"), probability, backoff) > 0.2


def test_the_head_counts_the_grams() -> None:
    lines = ngram.arpa(["a b", "a c"]).splitlines()
    assert lines[:4] == ["\\data\\", "ngram 1=5", "ngram 2=5", "ngram 3=4"]


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("unclog", "AH NG K L AA G"),
        ("priya", "P R IH Y AH"),
        ("church", "CH ER CH"),
        ("water", "W AO T ER"),
    ],
)
def test_unknown_words_are_pronounced_by_rule(word: str, phones: str) -> None:
    assert pronounce.guess(word) == phones


def test_what_has_no_sound_has_no_pronunciation() -> None:
    assert pronounce.guess("") is None


@pytest.mark.parametrize(
    ("kind", "heard", "shown"),
    [
        ("open", "there's water in my basement", "There's water in my basement"),
        ("open", "hi i'm dana kowalczyk", "Hi I'm Dana Kowalczyk"),
        ("name", "will price", "Will Price"),
        ("open", "will you be open on sunday", "Will you be open on Sunday"),
        ("street", "one two west lake street", "One two West Lake Street"),
        ("name", "k. o. w.", "K O W"),
    ],
)
def test_words_are_written_as_people_write_them(kind: str, heard: str, shown: str) -> None:
    assert " ".join(written(heard.split(), kind)) == shown


def test_a_reading_the_decoder_could_not_finish_is_passed_over() -> None:
    ear = object.__new__(Ear)
    found = [None, SimpleNamespace(hypstr="<s> yes(2) </s>"), SimpleNamespace(hypstr="no")]
    ear._decoder = SimpleNamespace(nbest=lambda: iter(found))
    assert list(ear._others(("no",))) == [("yes",)]


Grams = dict[tuple[str, ...], float]


def _parsed(arpa: str) -> tuple[Grams, Grams]:
    probability: Grams = {}
    backoff: Grams = defaultdict(lambda: 1.0)
    for line in arpa.splitlines():
        fields = line.split("\t")
        if len(fields) > 1:
            gram = tuple(fields[1].split())
            probability[gram] = 10 ** float(fields[0])
            if len(fields) > 2:
                backoff[gram] = 10 ** float(fields[2])
    return probability, backoff


def _chance(gram: tuple[str, ...], probability: Grams, backoff: Grams) -> float:
    gram = gram[-ngram.ORDER :]
    if gram in probability:
        return probability[gram]
    return backoff[gram[:-1]] * _chance(gram[1:], probability, backoff)
