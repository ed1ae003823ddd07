# The lab in a container: the notebooks by default, the command line by name.
#
#   docker build -t imagelab .
#   docker run --init --rm -p 127.0.0.1:8888:8888 -v imagelab-data:/data -v imagelab-cache:/cache imagelab
#   docker run --init --rm -v "$PWD:/data" -v imagelab-cache:/cache imagelab imagelab ingest photos --out mine
#
# The first run prints the address to open. /data is the working folder and keeps what notebooks compute; /cache keeps what
# was downloaded. A folder of this machine that is mounted there must be writable for user 1000.
# For an NVIDIA GPU: docker build --build-arg CUDA=13 -t imagelab:cuda . and docker run --gpus all ... imagelab:cuda

ARG GO=1.26.8-bookworm

FROM golang:${GO} AS build
WORKDIR /opt/imagelab
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -buildvcs=false -o /out/imagelab ./cmd/imagelab

# Cells are compiled when they run, so Go and the C compiler stay.
FROM golang:${GO}
RUN apt-get update \
    && apt-get install -y --no-install-recommends npm python3-pip python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 lab \
    && install -d -o lab -g lab /data /cache /opt/imagelab
ENV GOPATH=/home/lab/go GOFLAGS=-buildvcs=false IMAGELAB_CACHE=/cache IMAGELAB_NOTEBOOK_RUNS=/data/notebooks
COPY --from=build --chown=lab:lab /go/pkg/mod /home/lab/go/pkg/mod
COPY --from=build /out/imagelab /usr/local/bin/imagelab
COPY --chown=lab:lab . /opt/imagelab
RUN chown lab:lab /home/lab/go /home/lab/go/pkg
USER lab
WORKDIR /opt/imagelab
# JupyterLab and the kernel, the engine, and the default network with its class names, so that the first run needs no network.
RUN imagelab notebook --kernel-only && imagelab fetch xla-cpu && imagelab fetch efficientnet_lite0 imagenet_names
# 13 for NVIDIA GPUs with a driver from 580 on; empty for none.
ARG CUDA=
RUN if [ -n "${CUDA}" ]; then imagelab fetch xla-cuda; fi
WORKDIR /data
VOLUME ["/data", "/cache"]
EXPOSE 8888
HEALTHCHECK --interval=30s --start-period=60s CMD curl --fail --silent --output /dev/null http://127.0.0.1:8888/api
CMD ["imagelab", "notebook", "--ip=0.0.0.0"]
