# The poller, from what `npm run build:poller` has made:
#   docker build -f infra/poller.Dockerfile -t postern-poller dist/poller
FROM node:24-slim

WORKDIR /postern
COPY . .

USER node
ENV NODE_ENV=production
STOPSIGNAL SIGTERM
CMD ["node", "poll.mjs"]
