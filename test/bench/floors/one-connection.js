// An empty Node process that opens one TLS connection, says so, and stays. Plain JavaScript, so that not even types have to be stripped.
import { connect } from 'node:tls'

const { BENCH_PORT, BENCH_CERTIFICATE, BENCH_KEY, BENCH_AUTHORITY } = process.env
const options = { host: '127.0.0.1', port: Number(BENCH_PORT), cert: BENCH_CERTIFICATE, key: BENCH_KEY }
connect({ ...options, ca: BENCH_AUTHORITY }, () => process.stdout.write('connected\n'))
process.once('SIGTERM', () => process.exit(0))
