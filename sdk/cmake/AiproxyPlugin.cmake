# aiproxy_add_plugin(NAME SOURCES... MANIFEST file.json): a provider as a shared object that can be
# loaded, replaced and unloaded: one exported symbol, no unique or interposable symbols, all
# references bound at load.
