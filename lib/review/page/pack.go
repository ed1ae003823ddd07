package page

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"sync"
)

// key names a thumbnail: a digest of all that decides its pixels.
type key [32]byte

// packHead is the length of what stands before the bytes of a thumbnail: key, brightness, three
// bytes of nothing, length and CRC-32, both little-endian.
const packHead = 44

const mostThumb = 1 << 20 // bytes; no thumbnail is as large

// place is where a thumbnail stands in the pack.
type place struct {
	at         int64
	length     int
	sum        uint32
	brightness byte
}

// pack is a file of thumbnails, one behind the other. It is a cache: a torn or damaged part is made
// again, and what cannot be written stays in memory.
type pack struct {
	mu     sync.Mutex
	file   *os.File // nil: there is none
	writes bool
	end    int64
	places map[key]place
	memory map[key][]byte
}

// openPack opens the pack at path. It is written to where writes is true, and only then made.
func openPack(path string, writes bool) *pack {
	p := &pack{writes: writes, places: map[key]place{}, memory: map[key][]byte{}}
	flags := os.O_RDONLY
	if writes {
		flags = os.O_RDWR | os.O_CREATE
	}
	file, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		p.writes = false
		return p
	}
	p.file = file
	p.scan()
	return p
}

// scan finds the thumbnails of the file, up to where it was torn.
func (p *pack) scan() {
	size := int64(0)
	if info, err := p.file.Stat(); err == nil {
		size = info.Size()
	}
	var head [packHead]byte
	for {
		if _, err := p.file.ReadAt(head[:], p.end); err != nil {
			return
		}
		length, sum := binary.LittleEndian.Uint32(head[36:]), binary.LittleEndian.Uint32(head[40:])
		at := place{p.end + packHead, int(length), sum, head[32]}
		if at.length < 1 || at.length > mostThumb || at.at+int64(at.length) > size {
			return
		}
		p.places[key(head[:32])] = at
		p.end = at.at + int64(at.length)
	}
}

func (p *pack) has(k key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.places[k]
	return ok
}

// brightness of a photo whose thumbnail was made, 0 to 255.
func (p *pack) brightness(k key) (byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.places[k]
	return at.brightness, ok
}

func (p *pack) get(k key) ([]byte, bool) {
	p.mu.Lock()
	at, ok := p.places[k]
	data, inMemory := p.memory[k]
	p.mu.Unlock()
	if !ok || inMemory {
		return data, ok
	}
	data = make([]byte, at.length)
	if _, err := p.file.ReadAt(data, at.at); err == nil && sumOf(k, at.brightness, data) == at.sum {
		return data, true
	}
	p.mu.Lock()
	delete(p.places, k) // damaged: it is made again
	p.mu.Unlock()
	return nil, false
}

// put keeps a thumbnail.
func (p *pack) put(k key, brightness byte, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := place{p.end + packHead, len(data), sumOf(k, brightness, data), brightness}
	record := append(k[:len(k):len(k)], brightness, 0, 0, 0)
	record = binary.LittleEndian.AppendUint32(record, uint32(at.length))
	record = binary.LittleEndian.AppendUint32(record, at.sum)
	record = append(record, data...)
	if p.writes {
		if _, err := p.file.WriteAt(record, p.end); err == nil {
			p.end += int64(len(record))
			p.places[k] = at
			return
		}
		p.writes = false // such as for want of room
	}
	p.memory[k], p.places[k] = data, at
}

func (p *pack) Close() {
	if p.file != nil {
		p.file.Close()
	}
}

func sumOf(k key, brightness byte, data []byte) uint32 {
	h := crc32.NewIEEE()
	h.Write(k[:])
	h.Write([]byte{brightness})
	h.Write(data)
	return h.Sum32()
}
