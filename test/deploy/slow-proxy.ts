/** An nginx that gives up on a silent answer after `readTimeout`, such as `10s`, in front of `door`. */
export function impatient(door: string, readTimeout: string): string {
  return `
  server {
    listen 127.0.0.1:PORT;
    location = /nginx-is-here { return 204; }
    location / {
      proxy_pass ${door};
      proxy_read_timeout ${readTimeout};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }`
}
