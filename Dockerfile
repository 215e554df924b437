# The base by its digest, so that the same sources give the same image tomorrow.
# `npm run renew-base` takes the newest.
ARG BASE=node:24-bookworm-slim@sha256:d6aa754f16b3197301076f047b5def2f02ea1dbbc2ca920407d46d7ec7f87b20

# Compiles with everything, ships with what runs.
# The manifests come first: packages are installed anew only when one of them changes.
FROM ${BASE} AS packages
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' -o -name '*.md' \) -delete \
 && find node_modules -depth -type d \( -name test -o -name tests -o -name benchmarks -o -name docs -o -name .github \) \
      -exec rm -r {} +

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts scripts
COPY inspector inspector
COPY docs/troubleshooting.md docs/
COPY src src
RUN npm run build \
 && node scripts/sbom.mjs >sbom.cdx.json \
 && find dist \( -name '*.map' -o -name '*.d.ts' \) -delete

FROM ${BASE}
LABEL org.opencontainers.image.title="cors-sidecar" \
      org.opencontainers.image.description="One safe CORS policy in front of any API." \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY LICENSE THIRD-PARTY-LICENSES package.json ./
COPY bin bin
COPY --from=packages /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/sbom.cdx.json ./

# CORS_SIDECAR_IMAGE makes 0.0.0.0:8010 and 0.0.0.0:8011 the default addresses, because nobody can
# reach a container's loopback; any setting of your own still wins.
# NODE_OPTIONS is emptied so that no base image can loosen the HTTP parser or TLS.
ENV NODE_ENV=production \
    NODE_OPTIONS="" \
    CORS_SIDECAR_IMAGE=1
EXPOSE 8010 8011
# By number, so that Kubernetes can see that it is not root; no such user needs to exist.
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "/app/bin/cors-sidecar.js", "healthcheck"]
# Under load V8 gives young objects up to 64 MiB, twice over. With 16 a request costs no more.
ENTRYPOINT ["node", "--max-semi-space-size=16", "/app/bin/cors-sidecar.js"]
