# One image, several commands: a service, the gateway, the migrations. No secret inside, no root at run time.
FROM python:3.11-slim

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY services ./services
COPY gateway ./gateway
COPY shared ./shared
COPY migrations ./migrations

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "gateway.cli.serve", "gateway.app:create_app", "0.0.0.0:8000"]
