# optwright with what answers on one machine: tables, schedules, the page, and the runtime of the
# embedded model, whose weights (1.1 GB) the first run downloads into /data.
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/optwright \
    && /opt/optwright/bin/pip install --no-cache-dir '.[local,data,cpsat,ui]'

FROM python:3.12-slim
# xllamacpp's runtime wants OpenMP.
# Debian's mirrors keep one version of a package: a pinned one is gone with the next.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 planner \
    && mkdir /data \
    && chown planner /data
COPY --from=build /opt/optwright /opt/optwright
COPY examples /home/planner/examples
ENV PATH=/opt/optwright/bin:$PATH XDG_DATA_HOME=/data XDG_CACHE_HOME=/data/cache
USER 1000
WORKDIR /home/planner
VOLUME /data
ENTRYPOINT ["optwright"]
CMD ["--help"]
