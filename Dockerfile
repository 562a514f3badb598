# One image for web, worker and beat; the command decides. Multi-stage: no compiler and no pip cache inside.
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    GONGJI_VAR=/srv/var STORAGE_URL=file:///srv/var/proofs HOST=0.0.0.0 PORT=8000
RUN groupadd --gid 10001 gongji && useradd --uid 10001 --gid gongji --home-dir /srv --no-create-home gongji \
    && install -d -o gongji -g gongji -m 0750 /srv/var /srv/var/proofs /srv/seals
COPY --from=packages /venv /venv
WORKDIR /srv/gongji
COPY manage.py ./
COPY gongji gongji
COPY accounts accounts
COPY ledger ledger
COPY binding binding
COPY templates templates
COPY static static
COPY locale* locale/
# Only collectstatic sees these values: they are not in the image's environment and open nothing.
RUN DJANGO_ENV=demo SECRET_KEY=build DATABASE_URL=postgres://build/build REDIS_URL=redis://build \
    DATA_KEYS=1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= INDEX_KEYS=1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    STATIC_ROOT=/srv/static python manage.py collectstatic --noinput
ENV STATIC_ROOT=/srv/static
USER gongji
EXPOSE 8000
CMD ["gunicorn", "-c", "python:gongji.webserver"]
