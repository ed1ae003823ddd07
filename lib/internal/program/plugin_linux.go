//go:build cgo && !noxla && (amd64 || arm64)

package program

// The PJRT C API is a table of functions. Each takes one pointer to a structure of arguments and
// returns an error or NULL. What stands below is the part of its header (pjrt_c_api.h of OpenXLA)
// that is needed here: the table and the structures only ever grow at their ends.

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef void* (*function)(void* args);

enum { // places in the table
	ERROR_DESTROY = 0, PLATFORM_VERSION = 14, ADDRESSABLE_DEVICES = 16, COMPILE = 20, DEVICE_KIND = 26,
	DEVICE_DESCRIPTION = 29, EXECUTABLE_DESTROY = 40, SERIALIZE = 49, GET_EXECUTABLE = 51, DESERIALIZE = 56,
	NEEDED
};

typedef struct {
	size_t size; void* extension;
	struct { size_t size; void* extension; int major, minor; } version;
	function functions[];
} api;

// The arguments. "size" is that of the structure.
typedef struct { size_t size; void* extension; const char* code; size_t code_size; const char* format; size_t format_size; } code;
typedef struct { size_t size; void* extension; void* client; const code* program; const char* options; size_t options_size;
	void* loaded; } compile_args;
typedef struct { size_t size; void* extension; void* of; void* out; } get_args;
typedef struct { size_t size; void* extension; void* of; const char* out; size_t out_size; } text_args;
typedef struct { size_t size; void* extension; void* client; void** devices; size_t count; } devices_args;
typedef struct { size_t size; void* extension; void* executable; const char* bytes; size_t bytes_size;
	void* backing; void (*release)(void*); } serialize_args;
typedef struct { size_t size; void* extension; void* client; const char* bytes; size_t bytes_size; void* loaded;
	const char* options; size_t options_size; } deserialize_args;
typedef struct { size_t size; void* extension; void* what; } destroy_args;

extern void* imagelabCompile(void* args);

static void* compile(const api* a, void* args) { return a->functions[COMPILE](args); }

static void destroy(const api* a, int which, void* what) {
	destroy_args args = {sizeof args, NULL, what};
	void* err = a->functions[which](&args);
	if (err != NULL && which != ERROR_DESTROY) destroy(a, ERROR_DESTROY, err);
}

// failed says whether a call ended in an error, and frees that.
static int failed(const api* a, void* err) {
	if (err != NULL) destroy(a, ERROR_DESTROY, err);
	return err != NULL;
}

// open_plugin returns the table of a plugin, or NULL.
static const api* open_plugin(const char* path) {
	void* library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (library == NULL) return NULL;
	const api* (*get)(void) = (const api* (*)(void))dlsym(library, "GetPjrtApi");
	return get == NULL ? NULL : get();
}

// with_programs is a copy of a table whose compile function is imagelabCompile. It is NULL where the
// table lacks a function that this needs.
static api* with_programs(const api* a) {
	if (a->size < sizeof(api) + NEEDED * sizeof(function)) return NULL;
	for (int i = 0; i < NEEDED; i++) if (a->functions[i] == NULL) return NULL;
	api* copy = malloc(a->size);
	if (copy == NULL) return NULL;
	memcpy(copy, a, a->size);
	copy->functions[COMPILE] = imagelabCompile;
	return copy;
}

// text asks an object for a text in the object's memory, or NULL.
static const char* text(const api* a, int which, void* of, size_t* size) {
	text_args args = {sizeof args, NULL, of, NULL, 0};
	if (failed(a, a->functions[which](&args))) return NULL;
	*size = args.out_size;
	return args.out;
}

// platform_version is the plugin's own word for what it was built for.
static const char* platform_version(const api* a, void* client, size_t* size) {
	return text(a, PLATFORM_VERSION, client, size);
}

// device_kind is the model of a client's first device, or NULL.
static const char* device_kind(const api* a, void* client, size_t* size) {
	devices_args devices = {sizeof devices, NULL, client, NULL, 0};
	if (failed(a, a->functions[ADDRESSABLE_DEVICES](&devices)) || devices.count == 0) return NULL;
	get_args description = {sizeof description, NULL, devices.devices[0], NULL};
	if (failed(a, a->functions[DEVICE_DESCRIPTION](&description))) return NULL;
	return text(a, DEVICE_KIND, description.out, size);
}

// load makes a loaded executable of its bytes, or returns NULL.
static void* load(const api* a, void* client, const char* bytes, size_t size) {
	deserialize_args args = {sizeof args, NULL, client, bytes, size, NULL, NULL, 0};
	return failed(a, a->functions[DESERIALIZE](&args)) ? NULL : args.loaded;
}

// serialize gives the bytes of a loaded executable, or NULL; call release when they were copied.
static void serialize(const api* a, void* loaded, serialize_args* args) {
	get_args get = {sizeof get, NULL, loaded, NULL};
	if (failed(a, a->functions[GET_EXECUTABLE](&get))) return;
	args->size = sizeof *args;
	args->executable = get.out;
	if (failed(a, a->functions[SERIALIZE](args))) args->bytes = NULL;
	destroy(a, EXECUTABLE_DESTROY, get.out);
}

static void release(serialize_args* args) {
	if (args->backing != NULL && args->release != NULL) args->release(args->backing);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/gomlx/go-xla/pjrt"
)

// keeper stands between GoMLX and one plugin.
type keeper struct {
	plugin   string // path
	api      *C.api // the plugin's own functions
	folder   Folder
	identity func() ([]byte, error)
}

// kept is the process's one keeper: what compiles is told its client, not the keeper.
var (
	kept     *keeper
	keptLock sync.Mutex
)

// Keep has the programs of the plugin at an absolute path kept in a folder. Call it before GoMLX
// opens the plugin. identity is all that a program depends on and that the plugin does not say by
// itself, such as its flags; it is asked at the first program. It does nothing for a plugin that
// cannot be opened, which GoMLX says better, and is an error for one that cannot give its programs
// away, and for a second plugin of a process.
func Keep(plugin string, folder Folder, identity func() ([]byte, error)) error {
	keptLock.Lock()
	defer keptLock.Unlock()
	k := &keeper{plugin: plugin, folder: folder, identity: identity}
	if kept != nil {
		if kept.plugin != plugin {
			return fmt.Errorf("program: this process keeps the programs of %s already", kept.plugin)
		}
		k.api = kept.api
		kept = k
		return nil
	}
	path := C.CString(plugin)
	defer C.free(unsafe.Pointer(path))
	if k.api = C.open_plugin(path); k.api == nil {
		return nil
	}
	table := C.with_programs(k.api)
	if table == nil {
		return errors.New("program: the plugin cannot give its compiled programs away")
	}
	if err := pjrt.RegisterPreloadedPlugin(plugin, uintptr(unsafe.Pointer(table))); err != nil {
		return fmt.Errorf("program: %w", err)
	}
	kept = k
	return nil
}

func (k *keeper) compileArgs(args unsafe.Pointer) unsafe.Pointer {
	return k.compile((*C.compile_args)(args))
}

// compile loads the program of args, or has the plugin compile it and keeps that. It returns the
// plugin's error. What fails around the folder costs time, no more.
func (k *keeper) compile(args *C.compile_args) unsafe.Pointer {
	name, err := k.key(args)
	if err == nil {
		if program := k.folder.Read(name); program != nil {
			args.loaded = C.load(k.api, args.client, (*C.char)(unsafe.Pointer(&program[0])), C.size_t(len(program)))
			if args.loaded != nil {
				return nil
			}
			k.folder.Remove(name)
		}
	}
	if failure := C.compile(k.api, unsafe.Pointer(args)); failure != nil || err != nil {
		return failure
	}
	var s C.serialize_args
	if C.serialize(k.api, args.loaded, &s); s.bytes != nil {
		_ = k.folder.Write(name, C.GoBytes(unsafe.Pointer(s.bytes), C.int(s.bytes_size)))
		C.release(&s)
	}
	return nil
}

// key names the program of args on this plugin and device.
func (k *keeper) key(args *C.compile_args) (string, error) {
	identity, err := k.identity()
	if err != nil {
		return "", err
	}
	var version, kind C.size_t
	versionText, kindText := C.platform_version(k.api, args.client, &version), C.device_kind(k.api, args.client, &kind)
	return key([]byte("1"), identity, chars(versionText, version), chars(kindText, kind),
		chars(args.options, args.options_size),
		chars(args.program.format, args.program.format_size), chars(args.program.code, args.program.code_size)), nil
}

// chars are the bytes at p, not copied.
func chars(p *C.char, n C.size_t) []byte {
	if p == nil {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(p)), int(n))
}
