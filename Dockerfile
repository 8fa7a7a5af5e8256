# docker build -t gateway .
# docker run --rm -v gateway:/data gateway migrate          an empty store; or seed --entries 2000, or import FILE...
# docker run --rm -p 8000:8000 -v gateway:/data gateway
FROM python:3.13-slim AS build
COPY . /source
WORKDIR /source
# All by hash: uv itself by its entry of the pins, what the gateway needs and what builds it by theirs.
RUN sed -n '/^uv==/,/[^\]$/p' requirements.lock > /uv.txt \
 && python -m venv /tools \
 && /tools/bin/pip install --no-cache-dir --require-hashes --requirement /uv.txt \
 && python -m venv --without-pip /gateway \
 && /tools/bin/uv pip install --no-cache --python /gateway/bin/python --compile-bytecode \
      --verify-hashes --constraint requirements.lock --build-constraint requirements.lock .

FROM python:3.13-slim
COPY --from=build /gateway /gateway
RUN useradd --home-dir /data gateway && install --directory --owner gateway --mode 700 /data
USER gateway
WORKDIR /data
ENV PATH=/gateway/bin:$PATH GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=8000 GATEWAY_DATABASE_URL=sqlite+aiosqlite:////data/gateway.db
EXPOSE 8000
# Whether the process answers; /readyz also tells of a store that is away and of a mirror that is behind, which no new
# start would mend.
HEALTHCHECK --start-period=20s CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$GATEWAY_PORT/healthz')"
ENTRYPOINT ["gateway"]
CMD ["serve"]
