"""People, their insurance, their logins, and what they agreed to or were told."""

from accounts.models.logins import Duty, LoginSession, OneTimeCode, StaffDevice, User, Verification
from accounts.models.messages import Consent, Message
from accounts.models.people import (
    Enrollment,
    EnrollmentStatus,
    IdType,
    Person,
    PersonQuerySet,
    Scheme,
    VerifiedLevel,
)

__all__ = [
    "Consent",
    "Duty",
    "Enrollment",
    "EnrollmentStatus",
    "IdType",
    "LoginSession",
    "Message",
    "OneTimeCode",
    "Person",
    "PersonQuerySet",
    "Scheme",
    "StaffDevice",
    "User",
    "Verification",
    "VerifiedLevel",
]
