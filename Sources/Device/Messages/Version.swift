/// The version of Cooee: of its programs, and of the archives and libraries that are made of them.
///
/// firmware-config/version reads it here, so the line keeps its form.
package let programVersion = "0.2.0"
