"""What staff see of the binding app: the review desk, the catalogue of reasons, versions of the rules."""

from binding.admin.catalogue import PolicyVersionAdmin, ReasonAdmin
from binding.admin.consent import ConsentDesk
from binding.admin.denials import DenialAdmin
from binding.admin.desk import Desk
from binding.admin.recheck import Rechecks
from binding.admin.window import Window

__all__ = ["ConsentDesk", "DenialAdmin", "Desk", "PolicyVersionAdmin", "ReasonAdmin", "Rechecks", "Window"]
