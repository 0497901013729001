import FileSignatures
import Testing
