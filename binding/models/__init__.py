"""Applications, their proofs and history, the reasons given, and the bindings they lead to."""

from binding.models.answer import CallBack, Denial
from binding.models.application import Application, ApplicationQuerySet, Channel, RelativeLookup
from binding.models.binding import Binding, BindingQuerySet
from binding.models.catalogue import PolicyVersion, Reason
from binding.models.evidence import Check, Proof, ProofPage, ProofQuerySet
from binding.models.history import BindingChange, Event
from binding.models.life import Doubt, OpeningWish
from binding.models.recheck import Recheck, RecheckDraw
from binding.models.signature import Signature, SignaturePicture
from binding.models.window import WindowVisit
from binding.states import Kind

__all__ = [
    "Application", "ApplicationQuerySet", "Binding", "BindingChange", "BindingQuerySet", "CallBack",
    "Channel", "Check", "Denial", "Doubt", "Event", "Kind", "OpeningWish", "PolicyVersion", "Proof",
    "ProofPage", "ProofQuerySet", "Reason", "Recheck", "RecheckDraw", "RelativeLookup", "Signature",
    "SignaturePicture", "WindowVisit",
]  # fmt: skip
