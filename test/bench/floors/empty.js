// An empty Node process that stays.
setInterval(() => {}, 2 ** 30)
process.stdout.write('empty\n')
