# Logferry's image: the program, its production dependencies and Node.js on a base without a shell.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t logferry .
#
# Nothing in it is compiled for a machine, so that both platforms differ in the base and in node alone. Both bases can be replaced:
ARG NODE_IMAGE=public.ecr.aws/docker/library/node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:latest

FROM ${NODE_IMAGE} AS build
WORKDIR /opt/logferry
COPY package.json package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY plugins ./plugins
RUN npm run build \
  && npm prune --omit=dev --no-fund --no-audit \
  && npm pkg delete devDependencies scripts \
  && npm sbom --sbom-format=cyclonedx > sbom.cdx.json \
  && rm -rf src plugins tsconfig.json tsconfig.build.json node_modules/.package-lock.json
COPY conf ./conf
COPY LICENSE README.md CHANGELOG.md ./
# A command for `kubectl exec`, which finds no shell and no env in the image; and where Fluentd's image looks for its configuration.
RUN mkdir -p /image/usr/local/bin /image/fluentd/etc /image/opt \
  && printf '#!/usr/local/bin/node\nimport("/opt/logferry/dist/src/main.js");\n' > /image/usr/local/bin/logferry \
  && chmod 0755 /image/usr/local/bin/logferry \
  && cp /usr/local/bin/node /image/usr/local/bin/node \
  && cp -R /opt/logferry /image/opt/logferry

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="logferry" \
      org.opencontainers.image.description="Fluentd-compatible log shipper for Kubernetes nodes on AWS" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    NODE_ENV=production \
    FLUENTD_CONF=fluent.conf \
    LOGFERRY_ADMIN=127.0.0.1:24230
WORKDIR /
# Reading files of root needs root or CAP_DAC_READ_SEARCH; the manifests in conf/kubernetes drop every other capability.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["/usr/local/bin/logferry", "health"]
# node is process 1: it handles signals itself and starts no children that it would have to reap.
ENTRYPOINT ["/usr/local/bin/logferry"]
