/** Parameters of the input `prometheus`. */
import { param, section, transportSection } from '#logferry';

export const fields = {
  bind: param.string('The address to listen on; 0.0.0.0 and :: are all of this machine.', { default: '0.0.0.0' }),
  port: param.integer('The port to listen on; worker N listens on the one N beyond it.', { default: 24231 }),
  metrics_path: param.string('Path of the page with the metrics of this worker.', { default: '/metrics' }),
  aggregated_metrics_path: param.string('Path of the page with the metrics of all workers.', { default: '/aggregated_metrics' }),
  content_encoding: param.enum(['identity', 'gzip'], 'How the pages are encoded, whatever the client takes.', { default: 'identity' }),
  agent_metrics: param.bool("The agent's own metrics (logferry_...) are on the pages, too.", { default: false, extra: true }),
  transport: transportSection(['tcp', 'tls']),
  labels: section('Accepted, and without effect as in Fluentd: labels belong to the plugins that count.', {}, { open: true }),
  ssl: section('The old form of <transport tls>.', {
    enable: param.bool('Serves over TLS.', { default: false, deprecated: 'Use <transport tls> section' }),
    certificate_path: param.string('File of the certificate (PEM).', { optional: true, deprecated: 'Use cert_path in <transport tls> section' }),
    private_key_path: param.string('File of the private key (PEM).', { optional: true, deprecated: 'Use private_key_path in <transport tls> section' }),
    ca_path: param.string('File of CA certificates (PEM).', { optional: true, deprecated: 'Use ca_path in <transport tls> section' }),
    extra_conf: param.hash('Settings of the HTTP server of Ruby. Not supported: a warning.', { optional: true, deprecated: 'See http helper config' }),
  }),
};
