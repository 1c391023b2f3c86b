# The image. A test compares the labels with package.json.
# docker build -t logto-management-mcp . && docker run --rm -i logto-management-mcp --sandbox

FROM node:22-alpine AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json ./
RUN ["npm", "ci", "--ignore-scripts"]
COPY src ./src
RUN ["npm", "run", "build"]

FROM node:22-alpine
LABEL org.opencontainers.image.title="logto-management-mcp" \
      org.opencontainers.image.description="MCP server that gives AI agents the whole Logto Management API as typed tools." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.source="https://github.com/logto-management-mcp/logto-management-mcp" \
      org.opencontainers.image.licenses="MIT" \
      io.modelcontextprotocol.server.name="io.github.logto-management-mcp/logto-management-mcp"
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY docs ./docs
COPY --from=build /build/dist ./dist
USER node
ENTRYPOINT ["node", "/app/dist/main.js"]
