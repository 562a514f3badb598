from django.http import HttpRequest, HttpResponse


def staff_locked_out(request, response=None, credentials=None):
    return HttpResponse(status=429)
