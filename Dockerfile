# An image of searchapp:   docker build --tag searchapp .
# It is made to run with a read-only root file system and no rights: compose.yaml does so.
# What is written is in /data: mount a volume there. docs/operating.md says more.

FROM python:3.13-slim AS build
WORKDIR /src
COPY setup.cfg pyproject.toml README.md LICENSE NOTICE.md ./
COPY searchapp searchapp
COPY templates templates
RUN pip wheel --no-cache-dir --disable-pip-version-check --wheel-dir /wheels .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="searchapp" \
      org.opencontainers.image.description="Turns a folder of news into a search site, with facets for country, person and topic" \
      org.opencontainers.image.licenses="MIT"

# Compiled here, since nothing can be written beside the modules later.
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --disable-pip-version-check --no-index --compile /wheels/*.whl \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent searchapp \
    && install --directory --owner searchapp --group searchapp --mode 0750 /data

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SEARCHAPP_INDEX=/data/index \
    SEARCHAPP_HOST=0.0.0.0

# Where searchapp.toml is looked for: mount yours as /etc/searchapp/searchapp.toml.
WORKDIR /etc/searchapp
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["searchapp"]
CMD ["serve"]
