//! Templates of products that are not auth providers.

/// A site and its database, awaited until it is healthy.
pub(super) const UMAMI: &str = "
services:
  umami:
    image: ghcr.io/umami-software/umami:3.0.3
    environment:
      - SERVICE_URL_UMAMI_3000
      - DATABASE_URL=postgres://$SERVICE_USER_POSTGRES:$SERVICE_PASSWORD_POSTGRES@postgresql:5432/$POSTGRES_DB
      - DATABASE_TYPE=postgres
      - APP_SECRET=$SERVICE_PASSWORD_64_UMAMI
    depends_on:
      postgresql:
        condition: service_healthy
    healthcheck:
      test: ['CMD-SHELL', 'curl -f http://127.0.0.1:3000/api/heartbeat || exit 1']
      interval: 5s
      timeout: 20s
      retries: 10
  postgresql:
    image: postgres:16-alpine
    volumes:
      - postgresql-data:/var/lib/postgresql/data
    environment:
      - POSTGRES_USER=$SERVICE_USER_POSTGRES
      - POSTGRES_PASSWORD=$SERVICE_PASSWORD_POSTGRES
      - POSTGRES_DB=${POSTGRES_DB:-umami}
    healthcheck:
      test: ['CMD-SHELL', 'pg_isready -U $${POSTGRES_USER} -d $${POSTGRES_DB}']
      interval: 5s
";

pub(super) const UPTIME_KUMA: &str = "
services:
  uptime-kuma:
    image: louislam/uptime-kuma:2
    environment: [SERVICE_URL_UPTIMEKUMA_3001]
    volumes: ['uptime-kuma:/app/data']
";

pub(super) const N8N: &str = "
services:
  n8n:
    image: n8nio/n8n:2.10.2
    environment: [SERVICE_URL_N8N_5678, 'WEBHOOK_URL=${SERVICE_URL_N8N}', 'TZ=${TZ:-UTC}']
    volumes: ['n8n-data:/home/node/.n8n']
";

pub(super) const WORDPRESS: &str = "
services:
  wordpress:
    image: wordpress:latest
    volumes: ['wordpress-files:/var/www/html']
    environment: [SERVICE_URL_WORDPRESS]
";

/// It reads docker's socket.
pub(super) const DOZZLE: &str = "
services:
  dozzle:
    image: amir20/dozzle:latest
    environment: [SERVICE_URL_DOZZLE_8080]
    volumes: ['/var/run/docker.sock:/var/run/docker.sock']
";

/// Nothing of it has a domain.
pub(super) const CLOUDFLARED: &str = "
services:
  cloudflared:
    image: cloudflare/cloudflared:latest
    restart: unless-stopped
    network_mode: host
    command: tunnel --no-autoupdate run
    environment: ['TUNNEL_TOKEN=${CLOUDFLARE_TUNNEL_TOKEN}']
";

/// Coolify routes its image by the values of variables.
pub(super) const MINIO: &str = "
services:
  minio:
    image: ghcr.io/coollabsio/minio:RELEASE.2025-10-15T17-29-55Z
    command: server /data --console-address ':9001'
    environment:
      - MINIO_SERVER_URL=$MINIO_SERVER_URL
      - MINIO_BROWSER_REDIRECT_URL=$MINIO_BROWSER_REDIRECT_URL
      - MINIO_ROOT_USER=$SERVICE_USER_MINIO
      - MINIO_ROOT_PASSWORD=$SERVICE_PASSWORD_MINIO
    volumes: ['minio-data:/data']
";

/// A value of its is needed.
pub(super) const FIDER: &str = "
services:
  fider:
    image: getfider/fider:stable
    environment:
      - SERVICE_URL_FIDER_3000
      - BASE_URL=$SERVICE_URL_FIDER
      - DATABASE_URL=postgres://$SERVICE_USER_MYSQL:$SERVICE_PASSWORD_MYSQL@database:5432/fider?sslmode=disable
      - JWT_SECRET=$SERVICE_PASSWORD_64_FIDER
      - EMAIL_NOREPLY=${EMAIL_NOREPLY:?the sender of mail}
  database:
    image: postgres:16
    volumes: ['pg-data:/var/lib/postgresql/data']
    environment: [POSTGRES_USER=$SERVICE_USER_MYSQL, POSTGRES_PASSWORD=$SERVICE_PASSWORD_MYSQL, POSTGRES_DB=fider]
";

/// Two of its services have a domain, and one refers to the other's with its port.
pub(super) const ENTE_PHOTOS: &str = "
services:
  museum:
    image: ghcr.io/ente-io/server:latest
    environment:
      - SERVICE_URL_MUSEUM_8080
      - ENTE_DB_PASSWORD=${SERVICE_PASSWORD_POSTGRES}
      - ENTE_APPS_PUBLIC_ALBUMS=${SERVICE_URL_WEB_3002}
    depends_on: [postgres]
  web:
    image: ghcr.io/ente-io/web:latest
    environment:
      - SERVICE_URL_WEB_3000
      - ENTE_API_ORIGIN=${SERVICE_URL_MUSEUM}
  postgres:
    image: postgres:15
    environment: ['POSTGRES_PASSWORD=${SERVICE_PASSWORD_POSTGRES}']
    volumes: ['postgres-data:/var/lib/postgresql/data']
";

/// The variable of its domain has a path.
pub(super) const CHASKIQ: &str = "
services:
  chaskiq:
    image: chaskiq/chaskiq:latest
    environment:
      - SERVICE_URL_CHASKIQ_3000=/app
      - HOST=${SERVICE_URL_CHASKIQ}
      - SECRET_KEY_BASE=${SERVICE_PASSWORD_64_CHASKIQ}
";

/// Its script and its settings are in the file.
pub(super) const DOCKER_REGISTRY: &str = "
services:
  registry:
    image: registry:3
    environment:
      - SERVICE_URL_REGISTRY_5000
      - SERVICE_USER_REGISTRY
      - SERVICE_PASSWORD_REGISTRY
    entrypoint: /entrypoint.sh
    volumes:
      - type: bind
        source: ./etc/entrypoint.sh
        target: /entrypoint.sh
        mode: '0755'
        content: |
          #!/bin/sh
          htpasswd -Bbn ${SERVICE_USER_REGISTRY} $SERVICE_PASSWORD_REGISTRY > /auth/$$.tmp
      - type: bind
        source: ./config/config.yml
        target: /etc/docker/registry/config.yml
        isDirectory: false
        content: |
          version: 0.1
      - registry-data:/var/lib/registry
";

/// One of its files is a database.
pub(super) const FILEBROWSER: &str = "
services:
  filebrowser:
    image: filebrowser/filebrowser:latest
    environment: [SERVICE_URL_FILEBROWSER_80]
    volumes:
      - {type: bind, source: ./srv, target: /srv, isDirectory: true}
      - {type: bind, source: ./database.db, target: /database.db, isDirectory: false, content: ''}
      - {type: bind, source: ./filebrowser.json, target: /.filebrowser.json, read_only: true, content: '{}'}
";
