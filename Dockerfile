# The whole line in one container: `docker build -t gudok .`, `docker run --network host -v gudok:/var/lib/gudok gudok`.
# Asterisk is Debian's own, fetched at build time; it runs rootless from the cache like everywhere else.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE NOTICE ./
RUN python -m venv /opt/gudok && /opt/gudok/bin/pip install --no-cache-dir -r requirements.lock
COPY ivr ivr
COPY asr asr
COPY bots bots
COPY asterisk asterisk
COPY dialplans dialplans
RUN /opt/gudok/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --home-dir /var/lib/gudok --uid 990 gudok
COPY --from=build /opt/gudok /opt/gudok
ENV PATH=/opt/gudok/bin:$PATH GUDOK_DATA=/var/lib/gudok/data XDG_CACHE_HOME=/var/lib/gudok/cache PYTHONUNBUFFERED=1
USER gudok
# Fetches and unpacks Asterisk into the image, so that a container starts without the network.
RUN gudok doctor --fetch
VOLUME /var/lib/gudok/data
EXPOSE 5060/udp 8080
HEALTHCHECK --interval=5s --timeout=2s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["gudok", "up"]
