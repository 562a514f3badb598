"""The demo: a made-up province with people, a year of use, and every state of an application.

Everything goes through the same doors as real data: the registry and credit files, the services, the
settlement function. Only the clock is turned back (`clock.at`). Nothing here runs in production.
"""
