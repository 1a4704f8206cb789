# One binary on a slim base. Build: docker build -t allclear .
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
COPY migrations ./migrations
COPY static ./static
COPY templates ./templates
COPY benches ./benches
RUN cargo build --release --locked --bin allclear

FROM debian:bookworm-slim
# Roots for checks of public sites; nothing else is needed, libpq and SQLite are inside the binary.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 65532 --home-dir /var/lib/allclear --create-home allclear
COPY --from=build /src/target/release/allclear /usr/local/bin/allclear
USER 65532
WORKDIR /var/lib/allclear
ENV ALLCLEAR_SERVER__LISTEN=0.0.0.0:8080 ALLCLEAR_SERVER__DATA_DIR=/var/lib/allclear/data
# glibc keeps freed memory: with 1,000 components these settings halve what an idle server holds.
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_MMAP_THRESHOLD_=65536
VOLUME /var/lib/allclear
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["allclear", "healthcheck"]
ENTRYPOINT ["allclear"]
CMD ["serve"]
