"""The plumber's page of questions the receptionist could not answer."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from calls import presentation, questions
from calls.models import Message, MessageKind
from calls.pages import tenant_page
from tenants.access import TenantRequest, tenant_required
from tenants.permissions import Permission, may

CALLS_SHOWN = 5


class AnswerForm(forms.Form):
    """The question as it will be known, and what the receptionist says to it."""

    question = forms.CharField(max_length=questions.LONGEST_QUESTION)
    answer = forms.CharField(max_length=questions.LONGEST_ANSWER, widget=forms.Textarea)


@require_safe
@tenant_required
def question_list(request: TenantRequest) -> HttpResponse:
    """Open questions, the most frequent first."""
    return _list(request)


@require_POST
@tenant_required(permission=Permission.EDIT_RECEPTIONIST)
def question_answer(request: TenantRequest, pk: int) -> HttpResponse:
    """Answer a question and those alike with the receptionist's next version."""
    _asked(pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _list(request, refused=pk, form=form)
    try:
        version = questions.question_answer(
            tenant=request.tenant,
            message_id=pk,
            question=form.cleaned_data["question"],
            answer=form.cleaned_data["answer"],
            saved_by=request.user,
            now=timezone.now(),
        )
        messages.success(
            request, f"Answered: from the next call on it is said (version {version.version})."
        )
    except questions.QuestionRefused as refused:
        messages.warning(request, str(refused))
    return redirect("question-list")


@require_POST
@tenant_required(permission=Permission.EDIT_RECEPTIONIST)
def question_dismiss(request: TenantRequest, pk: int) -> HttpResponse:
    """Take a question off the list."""
    _asked(pk)
    try:
        questions.question_dismiss(tenant=request.tenant, message_id=pk, now=timezone.now())
        messages.success(request, "Dismissed; if it is asked again it comes back.")
    except questions.QuestionRefused as refused:
        messages.warning(request, str(refused))
    return redirect("question-list")


def _asked(pk: int) -> Message:
    return get_object_or_404(Message, pk=pk, kind=MessageKind.UNANSWERED)


def _list(
    request: TenantRequest, *, refused: int | None = None, form: AnswerForm | None = None
) -> HttpResponse:
    rows = [
        presentation.question_row(group.messages, shown=CALLS_SHOWN)
        for group in questions.open_questions()
    ]
    return tenant_page(
        request,
        "calls/question_list.html",
        {
            "section": "questions",
            "questions": rows,
            "may_answer": may(request.membership.role, Permission.EDIT_RECEPTIONIST),
            "refused": refused,
            "form": form,
            "longest_answer": questions.LONGEST_ANSWER,
            "longest_question": questions.LONGEST_QUESTION,
        },
    )
