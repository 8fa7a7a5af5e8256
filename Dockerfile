# docker build -t gateway .
# docker run --rm -v gateway:/data gateway migrate          an empty store; or seed --entries 2000, or import FILE...
# docker run --rm -p 8000:8000 -v gateway:/data gateway
FROM python:3.13-slim AS build
COPY . /source
WORKDIR /source
# The pins without their hashes: constraints of what the wheel asks for, whose own hash is not among them.
RUN sed -E '/^ +--hash/d; s/ \\$//' requirements.lock > /constraints.txt \
 && python -m venv /gateway \
 && /gateway/bin/pip install --no-cache-dir --constraint /constraints.txt . \
 && /gateway/bin/pip uninstall --yes pip

FROM python:3.13-slim
COPY --from=build /gateway /gateway
RUN useradd --home-dir /data gateway && install --directory --owner gateway --mode 700 /data
USER gateway
WORKDIR /data
ENV PATH=/gateway/bin:$PATH GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=8000 GATEWAY_DATABASE_URL=sqlite+aiosqlite:////data/gateway.db
EXPOSE 8000
HEALTHCHECK --start-period=20s CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$GATEWAY_PORT/readyz')"
ENTRYPOINT ["gateway"]
CMD ["serve"]
