import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // it is served below any path
  build: { target: "es2022", modulePreload: false, assetsInlineLimit: 0 },
  server: { proxy: { "/graphql": { target: "http://127.0.0.1:8000", ws: true } } },
});
