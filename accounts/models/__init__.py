"""People, their insurance, their logins, and what they agreed to or were told."""

from accounts.models.identity import IdentityCheck, IdentityPage, PhoneChange
from accounts.models.kinship import BirthRecord, MarriageRecord
from accounts.models.logins import Duty, LoginSession, OneTimeCode, StaffDevice, User, Verification
from accounts.models.messages import Consent, Message
from accounts.models.people import (
    Enrollment,
    EnrollmentStatus,
    FormerNumber,
    IdType,
    Newborn,
    Person,
    PersonQuerySet,
    Scheme,
    VerifiedLevel,
)

__all__ = [
    "BirthRecord",
    "Consent",
    "Duty",
    "Enrollment",
    "EnrollmentStatus",
    "FormerNumber",
    "IdType",
    "IdentityCheck",
    "IdentityPage",
    "LoginSession",
    "MarriageRecord",
    "Message",
    "Newborn",
    "OneTimeCode",
    "Person",
    "PersonQuerySet",
    "PhoneChange",
    "Scheme",
    "StaffDevice",
    "User",
    "Verification",
    "VerifiedLevel",
]
