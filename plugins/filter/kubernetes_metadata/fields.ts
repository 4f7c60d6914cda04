/** The parameters of the kubernetes_metadata filter. */
import { param } from '#logferry';
import type { Infer } from '#logferry';

/** Tags made from paths below /var/log/pods and /var/log/containers. */
const TAG_REGEXP =
  '((var\\.log\\.pods)\\.(?<namespace>[^_]+)_(?<pod_name>[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)'
  + '_(?<pod_uuid>[a-z0-9-]*)\\.(?<container_name>.+)\\..*\\.log$'
  + '|(var\\.log\\.containers)\\.(?<pod_name>[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)'
  + '_(?<namespace>[^_]+)_(?<container_name>.+)-(?<docker_id>[a-z0-9]{64})\\.log$)';

export const fields = {
  kubernetes_url: param.string('URL of the API server. Without it, KUBERNETES_SERVICE_HOST and _PORT give the one of the cluster.', { optional: true }),
  cache_size: param.integer('How many pods, and how many namespaces, are kept.', { default: 1000 }),
  cache_ttl: param.integer('Seconds after which what was read is read again; below 0 never.', { default: 3600 }),
  ignore_nil: param.integer('Has no effect.', { default: true as unknown as number, noEffect: 'it has none in Fluentd either' }),
  watch: param.bool('Follows changes of pods and namespaces. With K8S_NODE_NAME in the environment only pods of that node.', { default: true }),
  apiVersion: param.string('Version of the API.', { default: 'v1' }),
  client_cert: param.string('File with the certificate of the client.', { optional: true }),
  client_key: param.string('File with the private key of the client.', { optional: true }),
  ca_file: param.string('File with the certificates that the API server is checked against.', { optional: true }),
  verify_ssl: param.bool('Checks the certificate of the API server.', { default: true }),
  open_timeout: param.integer('Seconds to wait for a connection.', { default: 3 }),
  read_timeout: param.integer('Seconds to wait for an answer.', { default: 10 }),
  tag_to_kubernetes_name_regexp: param.string(
    'Takes the groups namespace, pod_name, container_name and, if there are such, docker_id and pod_uuid from the tag.',
    { default: TAG_REGEXP },
  ),
  bearer_token_file: param.string('File with the token that is sent to the API server.', { optional: true }),
  secret_dir: param.string('Folder of the service account, with ca.crt and token.', { default: '/var/run/secrets/kubernetes.io/serviceaccount' }),
  annotation_match: param.array('Regular expressions: annotations whose names match one are added.', { default: [] }),
  stats_interval: param.integer('Seconds between two lines of numbers in the log, at level debug; below 1 for none.', { default: 30 }),
  allow_orphans: param.bool('Marks events whose namespace is not known to the API as orphaned.', { default: true }),
  orphaned_namespace_name: param.string('Name of the namespace of orphaned events.', { default: '.orphaned' }),
  orphaned_namespace_id: param.string('Id of the namespace of orphaned events.', { default: 'orphaned' }),
  lookup_from_k8s_field: param.bool('Takes the names from the fields kubernetes and docker of a record that has them.', { default: true }),
  ssl_partial_chain: param.bool('Trusts an intermediate certificate of ca_file without its root.', { default: false }),
  skip_labels: param.bool('Adds no labels.', { default: false }),
  skip_pod_labels: param.bool('Adds no labels of pods.', { default: false }),
  skip_namespace_labels: param.bool('Adds no labels of namespaces.', { default: false }),
  skip_container_metadata: param.bool('Adds no image and image id.', { default: false }),
  skip_master_url: param.bool('Does not add the URL of the API server.', { default: false }),
  skip_namespace_metadata: param.bool('Does not ask for namespaces.', { default: false }),
  include_ownerrefs_metadata: param.bool('Adds kind and name of the owners of pods.', { default: false }),
  test_api_adapter: param.string('Has no effect.', { optional: true, noEffect: "it is for tests of Fluentd's own plugin" }),
  watch_retry_interval: param.integer('Seconds before a watch that ended is begun again.', { default: 1 }),
  watch_retry_exponential_backoff_base: param.integer('Factor by which that time grows with every failure.', { default: 2 }),
  watch_retry_max_times: param.integer('The time grows no more after so many failures; a watch never gives up.', { default: 10 }),
} as const;

export type KubernetesConfig = Infer<typeof fields>;
