"""Who someone is: people, insurance enrolment, logins, consents, messages."""
