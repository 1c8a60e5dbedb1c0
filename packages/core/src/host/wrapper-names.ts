/** Names under which a module's text reaches what belongs to it. They stand in every wrapper. */
export const IMPORT_NAME = '__trustp2p_import'
export const META_NAME = '__trustp2p_meta'
/** Gives what `import * as` shows of what `require` gave. */
export const NAMESPACE_NAME = '__trustp2p_namespace'

/** What a name of the author gets that the compiled text needs for itself. */
export const RENAMED = '_of_author'
