"""Pictures of one's own documents."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.access import citizen
from binding.models import ProofPage
from binding.proofs.serving import own_page


@require_GET
@citizen
def page(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """Show a citizen a page of their own document; somebody else's is absent."""
    mine = ProofPage.objects.visible_to(request.user).select_related("proof__application")
    return own_page(request, get_object_or_404(mine, pk=page_id))
