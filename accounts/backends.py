"""Who a session belongs to: the login and its person, in one query a page."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from gongji.prepared import Prepared

_login = Prepared(lambda pk: User.objects.filter(pk=pk).select_related("person"))


class LoginBackend(ModelBackend):
    """Django's own, but for finding the login of a session."""

    def get_user(self, user_id: Any) -> User | None:
        user = _login.first(pk=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
