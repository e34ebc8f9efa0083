# syntax=docker/dockerfile:1
# One image of the platform: `dist/main.js` is every service in one process, `node_modules/@retort/<service>/dist/main.js` one
# alone, `dist/bootstrap-main.js` the one-off that prepares a platform; compiled, without build tools. `.ci/image.sh` takes the same steps
# without a container engine, starts the result and looks whether it answers.
FROM node:20.20.0-bookworm-slim AS build
RUN npm install --global pnpm@10.34.8
WORKDIR /source
COPY . .
RUN image/assemble.sh /app

FROM node:20.20.0-bookworm-slim
# initdb looks its user up.
RUN useradd --uid 10001 --home-dir /data --shell /usr/sbin/nologin retort \
  && install --directory --owner 10001 --group 10001 --mode 0700 /data /spool \
  && rm -rf /usr/local/lib/node_modules/npm /usr/local/bin/npm /usr/local/bin/npx /opt/yarn*
COPY --from=build /app /app
USER 10001
WORKDIR /app
ENV NODE_ENV=production RETORT_HOST=0.0.0.0 RETORT_PORT=4000 RETORT_DATA_FOLDER=/data
VOLUME /data /spool
EXPOSE 4000
CMD ["node", "--max-semi-space-size=64", "dist/main.js"]
