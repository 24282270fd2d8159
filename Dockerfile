# Sallyport's image: the server and the command line, without npm and without a shell. An application's migrations are
# added on top, see deploy/docker/Dockerfile. For a build that can be repeated, pin both images by digest.
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No dependency needs its install script.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM gcr.io/distroless/nodejs22-debian12:nonroot
WORKDIR /app
# As `npm install` would lay it out, so that migrations can import from sallyport and knex.
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/package.json ./node_modules/sallyport/package.json
COPY --from=build /build/dist ./node_modules/sallyport/dist
ENV NODE_ENV=production
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 7080 7081
# Exec form: Node is process 1 and gets the signals itself. It handles SIGTERM from before anything is opened, and in
# production starts no child whose end somebody would have to wait for, so there is no init.
# No HEALTHCHECK: orchestrators ask the health port over HTTP, and one that runs a command would start a second Node each time.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/nodejs/bin/node", "/app/node_modules/sallyport/dist/src/cli/main.js"]
CMD ["serve"]
