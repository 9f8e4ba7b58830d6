# One image for web, worker and beat. Debian, not Alpine: the wheels are built for glibc.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/srv/var
WORKDIR /srv/stanceline

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
# The key of this step signs nothing: it ends with the step.
RUN SECRET_KEY=build python manage.py collectstatic --noinput --verbosity 0 \
 && useradd --system --uid 10001 stanceline \
 && chown -R stanceline /srv/var

USER stanceline
EXPOSE 8000
CMD ["python", "-m", "config.serving", "--host", "0.0.0.0", "--port", "8000"]
